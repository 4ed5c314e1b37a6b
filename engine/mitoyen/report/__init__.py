"""What is shown of settled months to an audience: data, before any page of it is made.

    units, shares --sight--> seen months --> plants, indicators, savings
    history --> decided                      pointers, frozen data --> quality

What an audience may not see is not in these records, so that no page can show it.
"""
